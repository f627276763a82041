"""The virtual pathologist: what is read of the tissue at surgery, and graded."""
