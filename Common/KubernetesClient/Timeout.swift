/// Runs an operation for at most `limit`; when that is over the operation is cancelled and `error` is thrown.
package func withTimeout<Value: Sendable>(
    _ limit: Duration, throwing error: any Error, _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask { try await operation() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw error
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw error }
        return value
    }
}
