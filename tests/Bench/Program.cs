// The benchmark's entry point.
return 0;
