"""Opening a copy of what a pair wrote: to the school's leaders by both, to the next lead by the
teacher."""
