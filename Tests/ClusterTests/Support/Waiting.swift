/// What did not happen in time.
struct TookTooLong: Error, CustomStringConvertible {
    var description: String
}

/// Asks four times a second until `isDone`. Throws after `seconds`, with what `seen` says then.
func eventually(
    within seconds: Int, _ what: String, seen: () async -> String = { "" }, _ isDone: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    while try await !isDone() {
        guard clock.now < end else {
            throw TookTooLong(description: "\(what): not within \(seconds) s. \(await seen())")
        }
        try await Task.sleep(for: .milliseconds(250))
    }
}

/// Looks again and again for `seconds`; `look` records what is wrong.
func watchFor(seconds: Int, _ look: () async throws -> Void) async throws {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    while clock.now < end {
        try await look()
        try await Task.sleep(for: .milliseconds(250))
    }
}
