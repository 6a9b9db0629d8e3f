import ServiceLifecycle

/// An informer that runs from when another one has an object: what is only read beside those objects is not asked for
/// before, and needs no right before.
package final class LateInformer: Service {
    package let informer: Informer
    private let causes: AsyncStream<Void>
    private let cause: AsyncStream<Void>.Continuation

    /// To be made before either of them runs.
    package init(_ informer: Informer, after other: Informer) {
        self.informer = informer
        // One note is enough: it is about whether there was ever an object.
        (causes, cause) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        other.onChange { [cause] event in
            if case .deleted = event { return }
            cause.yield()
        }
    }

    package func run() async throws {
        for await _ in causes.cancelOnGracefulShutdown() { return try await informer.run() }
    }
}
