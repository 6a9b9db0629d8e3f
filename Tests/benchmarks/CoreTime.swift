import Glibc

/// What this thread took of a processor, whoever else is waiting for one.
enum CoreTime {
    static var seconds: Double {
        var time = timespec()
        unsafe _ = clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }
}
