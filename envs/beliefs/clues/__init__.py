"""What response times and hints say beside the answer: weak evidence, where students report them."""
