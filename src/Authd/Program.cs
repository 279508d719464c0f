// The executable's entry point: one binary with many commands, chosen by its own name or by its first argument.
using Authd;
using Authd.Linux.Files;

Descriptors.FillStandardStreams();
return await CommandLine.RunAsync(Environment.GetCommandLineArgs()[0], args);
