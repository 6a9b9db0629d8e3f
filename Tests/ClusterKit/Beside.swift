import Logging
package import ServiceLifecycle

/// Runs `body` while services run beside it; they are cancelled when it ends. An error of either ends all.
package func beside(
    _ services: [any Service], _ body: @Sendable @escaping () async throws -> Void
) async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
        for service in services {
            group.addTask {
                try await service.run()
                return false
            }
        }
        group.addTask {
            try await body()
            return true
        }
        while let isDone = try await group.next(), !isDone {}
        group.cancelAll()
    }
}

/// Runs `body` while a server runs; then the server is shut down in order, so that no connection is left half made.
func serving(_ server: any Service, _ body: @Sendable @escaping () async throws -> Void) async throws {
    let group = ServiceGroup(services: [server], logger: .silent)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        let result: Result<Void, any Error>
        do {
            try await body()
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
        try result.get()
    }
}
