"""What trains the deep model: needs the extra `train` (PyTorch). Nothing that runs at a desk imports it."""
