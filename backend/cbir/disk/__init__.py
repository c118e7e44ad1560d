"""What everything that keeps files shares: refusals as errors, writes that last, locks that die with their holder."""
