// A whole Bluesky network on free loopback ports: PLC directory, PDS and AppView.
// Needs DB_POSTGRES_URL and REDIS_HOST in the environment. Prints one line when ready; SIGTERM ends it.
// Run it from the folder where `install.sh` put the packages: `node <this file>` with NODE_PATH set to its node_modules.
require('@atproto/dev-env/dist/env');
const { TestNetwork } = require('@atproto/dev-env');

async function main() {
  const network = await TestNetwork.create({
    dbPostgresSchema: 'bluesky',
    pds: { hostname: 'localhost', enableDidDocWithSession: true },
    bsky: { dbPostgresSchema: 'bluesky' },
  });
  const stop = async () => {
    await network.close();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  // Whoever started us holds our standard input open: when they die, however they die, it closes and we go too.
  process.stdin.on('end', stop).resume();
  console.log(JSON.stringify({ ready: true, pds: network.pds.url, appview: network.bsky.url }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
