"""What a channel is tested with: the contract that all keep, a network on loopback, and the ways in which networks
break and payloads are damaged. For channels from outside as well; nothing of it runs in a desk."""
