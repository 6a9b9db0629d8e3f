import Glibc

/// The time of day, for lines and records that people read; decisions take their time as a parameter.
package enum WallClock {
    /// Microseconds since 1970-01-01T00:00:00Z.
    package static var microseconds: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }

    /// The moment as `2026-11-21T10:00:00.123Z`.
    static func text() -> String {
        let micros = microseconds
        var seconds = time_t(micros / 1_000_000)
        var parts = unsafe tm()
        unsafe gmtime_r(&seconds, &parts)
        let (year, month, day) = unsafe (parts.tm_year + 1_900, parts.tm_mon + 1, parts.tm_mday)
        let (hour, minute, second) = unsafe (parts.tm_hour, parts.tm_min, parts.tm_sec)
        func pad(_ value: Int32, _ width: Int = 2) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let date = "\(pad(year, 4))-\(pad(month))-\(pad(day))"
        let time = "\(pad(hour)):\(pad(minute)):\(pad(second))"
        return "\(date)T\(time).\(pad(Int32(micros / 1_000 % 1_000), 3))Z"
    }
}

/// The process's standard error, a whole line at a time.
package enum StandardError {
    /// Writes a line and its end in one system call, so that lines of several threads do not mix.
    @Sendable package static func write(_ line: String) {
        let bytes = Array(line.utf8) + [0x0A]
        unsafe bytes.withUnsafeBytes { buffer in
            var start = 0
            while start < buffer.count {
                let count = unsafe Glibc.write(2, buffer.baseAddress! + start, buffer.count - start)
                if count <= 0 { return }
                start += count
            }
        }
    }
}
