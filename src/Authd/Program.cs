// The executable's entry point: one binary, many commands, chosen by the name it was called by or by the first argument.
using Authd;
using Authd.Interop;

Descriptors.FillStandardStreams();
return await CommandLine.RunAsync(Environment.GetCommandLineArgs()[0], args);
