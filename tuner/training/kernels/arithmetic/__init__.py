"""What the kernels compute with: sums, products and elementwise functions, which know nothing of networks."""
