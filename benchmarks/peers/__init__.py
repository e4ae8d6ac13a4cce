"""What others would write, to measure beside ours."""
