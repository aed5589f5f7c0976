internal import Glibc

/// Milliseconds since the Unix epoch, as the protocol gives points in time.
func wallClockMs() -> Int {
  var now = timespec()
  clock_gettime(CLOCK_REALTIME, &now)
  return Int(now.tv_sec) * 1000 + Int(now.tv_nsec) / 1_000_000
}
