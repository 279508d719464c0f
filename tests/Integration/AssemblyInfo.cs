// Test classes run two at a time: each starts servers, and the machine may have two cores.
[assembly: Xunit.CollectionBehavior(MaxParallelThreads = 2)]
