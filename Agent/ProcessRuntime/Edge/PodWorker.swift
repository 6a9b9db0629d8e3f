import ContainerShim
import JSONValues
import KubernetesAPI
import Logging
import Synchronization

/// Runs one pod: feeds its machine and does what the machine wants.
///
/// 1. The machine belongs to the task in `run`; everything else reaches it through the mail.
/// 2. The mail holds at most one event for each thing under way, so it is bounded by the pod's containers.
final class PodWorker: Sendable {
    /// How often a finished pod that the API server still has is reported again, and a lost status is written again.
    private static let repeatAfter = Duration.seconds(5)

    private struct Mail {
        var pod: Pod
        var events: [PodEvent] = []
        var isGone = false
        var grace: Duration?
    }

    let uid: String
    let address: String
    let startTime: Timestamp
    private let mail: Mutex<Mail>
    private let wakeup = Wakeup()

    init(_ record: PodRecord) {
        uid = record.pod.uid
        address = record.address
        startTime = record.startTime
        mail = Mutex(Mail(pod: record.pod))
        noteDeletion(record.pod)
    }

    var pod: Pod { mail.withLock { $0.pod } }

    /// Takes the pod as the API server has it now; true when it differs from before.
    func update(_ pod: Pod) -> Bool {
        let changed = mail.withLock { mail in
            mail.isGone = false
            defer { mail.pod = pod }
            return mail.pod != pod
        }
        if changed {
            noteDeletion(pod)
            wakeup.wake()
        }
        return changed
    }

    /// The API server does not have the pod any more.
    func release() {
        let grace = PodPlan(pod).grace
        let isNew = mail.withLock { mail in
            defer { mail.isGone = true }
            if !mail.isGone && mail.grace == nil {
                mail.grace = grace
                mail.events.append(.stop(grace: grace))
            }
            return !mail.isGone
        }
        if isNew { wakeup.wake() }
    }

    func post(_ event: PodEvent) {
        mail.withLock { $0.events.append(event) }
        wakeup.wake()
    }

    /// A deletion, or a shorter grace for one that is under way, becomes an event.
    private func noteDeletion(_ pod: Pod) {
        guard pod.object.isBeingDeleted else { return }
        let seconds = pod.object.json[path: "metadata", "deletionGracePeriodSeconds"]?.integer
        let grace = seconds.map { Duration.seconds($0) } ?? PodPlan(pod).grace
        mail.withLock { mail in
            if let known = mail.grace, known <= grace { return }
            mail.grace = grace
            mail.events.append(.stop(grace: grace))
        }
    }

    /// Runs the pod until it is gone and cleaned up (true) or the task is cancelled (false).
    func run(_ services: RuntimeServices) async -> Bool {
        await withDiscardingTaskGroup { group in
            var session = PodSession(self, services)
            session.adopt(&group)
            while !Task.isCancelled {
                let news = mail.withLock { mail in
                    defer { mail.events = [] }
                    return mail
                }
                session.pod = news.pod
                session.handle(news.events.isEmpty ? [.tick] : news.events, &group)
                if !news.isGone { session.publish(repeatAfter: PodWorker.repeatAfter) }
                if session.machine.isFinished {
                    if news.isGone {
                        session.showNothing()
                        group.cancelAll()
                        return true
                    }
                    session.reportFinished(every: PodWorker.repeatAfter)
                }
                await wakeup.wait(until: session.deadline)
            }
            group.cancelAll()
            session.showNothing()
            return false
        }
    }
}
