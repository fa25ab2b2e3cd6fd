"""What people say of a school or team goal when they are asked, signed, with answers."""
