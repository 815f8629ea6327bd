"""What people taught about what was read of posts: corrections, their counts, and their export."""
