/// What did not come true in time.
package struct InVain: Error, CustomStringConvertible {
    package var description: String

    package init(_ what: String) { description = "waited in vain: \(what)" }
}

/// Waits until a condition holds; throws `InVain` after `limit`.
package func eventually(
    _ what: String, within limit: Duration = .seconds(60), _ holds: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while try await !holds() {
        guard ContinuousClock.now < end else { throw InVain(what) }
        try await Task.sleep(for: .milliseconds(10))
    }
}
