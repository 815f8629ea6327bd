"""Who works here: users, brands, teams, memberships with a role for each brand, sign-in links, the audit."""
