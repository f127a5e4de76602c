"""The dashboard: pages made on the server, readable without scripts, every state in the address."""
