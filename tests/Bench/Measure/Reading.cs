// One measured value.
namespace Authd.Bench.Measure;

/// <summary>A value in its metric's unit; <paramref name="IsLowerBound"/>: measuring was given up at this value.</summary>
internal readonly record struct Reading(double Value, bool IsLowerBound = false);
