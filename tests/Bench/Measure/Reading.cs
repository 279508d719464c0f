namespace Authd.Bench.Measure;

/// <summary>A measured value in its metric's unit; <paramref name="IsLowerBound"/>:
/// the measurement was given up at this value.</summary>
internal readonly record struct Reading(double Value, bool IsLowerBound = false);
