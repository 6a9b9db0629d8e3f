import Glibc
package import KubernetesAPI

/// The time of day, for what is written into objects; durations are measured with `ContinuousClock`.
package enum WallClock {
    package static var now: Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }
}
