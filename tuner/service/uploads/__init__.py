"""What is uploaded: received, checked, and unpacked only then."""
