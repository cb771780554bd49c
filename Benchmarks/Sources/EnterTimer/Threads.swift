import Glibc

/// A thread that does nothing but be there.
func startThread() -> Bool {
  var thread = pthread_t()
  return pthread_create(&thread, nil, { _ in while true { pause() } }, nil) == 0
}
