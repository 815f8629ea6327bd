"""Connected accounts on networks and the queries they listen for: settings, credentials, cursors, health, coverage."""
