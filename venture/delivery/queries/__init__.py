"""What pages and sheets ask of running projects."""
