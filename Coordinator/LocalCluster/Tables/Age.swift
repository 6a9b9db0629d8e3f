import KubernetesAPI

/// Spans of time as kubectl shows them: two units at most, coarser the longer they are.
enum Age {
    /// The time since a moment as an object holds it; `<unknown>` where it holds none.
    static func since(_ text: String?, now: Timestamp) -> String {
        guard let moment = text.flatMap({ Timestamp($0) }) else { return "<unknown>" }
        return Age.text(now - moment)
    }

    static func text(_ duration: Duration) -> String {
        let seconds = Int(duration.components.seconds)
        if seconds < -1 { return "<invalid>" }
        if seconds <= 0 { return "0s" }
        let minutes = seconds / 60
        let hours = seconds / 3_600
        let days = hours / 24
        if seconds < 120 { return "\(seconds)s" }
        if minutes < 10 { return pair(minutes, "m", seconds % 60, "s") }
        if minutes < 180 { return "\(minutes)m" }
        if hours < 8 { return pair(hours, "h", minutes % 60, "m") }
        if hours < 48 { return "\(hours)h" }
        if days < 8 { return pair(days, "d", hours % 24, "h") }
        if days < 730 { return "\(days)d" }
        if days < 2_920 { return pair(days / 365, "y", days % 365, "d") }
        return "\(days / 365)y"
    }

    private static func pair(_ whole: Int, _ unit: String, _ rest: Int, _ restUnit: String) -> String {
        rest == 0 ? "\(whole)\(unit)" : "\(whole)\(unit)\(rest)\(restUnit)"
    }
}
