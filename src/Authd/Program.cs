// The executable's entry point.
return 0;
