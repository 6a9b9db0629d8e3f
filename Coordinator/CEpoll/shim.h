// Linux system calls for many sockets on one thread that the C library's module does not show to Swift.
#ifndef MARTLET_CEPOLL_SHIM_H
#define MARTLET_CEPOLL_SHIM_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

// Declared here, for with _GNU_SOURCE the C library's types would differ from those that Swift knows already.
extern long syscall(long number, ...);
extern int accept4(int listener, struct sockaddr *address, socklen_t *length, int flags);

static const uint32_t epoll_readable = EPOLLIN;
static const uint32_t epoll_writable = EPOLLOUT;
static const uint32_t epoll_broken = EPOLLERR | EPOLLHUP;

static inline int epoll_make(void) { return epoll_create1(EPOLL_CLOEXEC); }
static inline int epoll_change(int epoll, int operation, int descriptor, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data = {.u64 = token}};
    return epoll_ctl(epoll, operation, descriptor, &event);
}
// What came for which token.
struct poll_event {
    uint64_t token;
    uint32_t events;
};
enum { poll_events_max = 256 };
// The call that takes nanoseconds, by its number on every processor, for older C libraries do not have it.
enum { epoll_pwait2_number = 441 };
// Waits for events; how many of at most poll_events_max came, none on a signal.
static inline int poll_wait(int epoll, struct poll_event *taken, int64_t nanoseconds) {
    struct epoll_event events[poll_events_max];
    struct timespec time = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    int count = (int)syscall(epoll_pwait2_number, epoll, events, poll_events_max, &time, NULL, 0);
    // Kernels before 5.11, and sandboxes that do not know the call, round the time up.
    if (count < 0 && (errno == ENOSYS || errno == EPERM)) {
        count = epoll_wait(epoll, events, poll_events_max, (int)((nanoseconds + 999999) / 1000000));
    }
    for (int index = 0; index < count; index++) {
        taken[index].token = events[index].data.u64;
        taken[index].events = events[index].events;
    }
    return count < 0 ? 0 : count;
}
static inline int wake_make(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

static inline int stream_socket(int family) { return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }
static inline int stream_accept(int listener) { return accept4(listener, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC); }
static inline int stream_set(int descriptor, int level, int option, int value) {
    return setsockopt(descriptor, level, option, &value, sizeof value);
}
static inline int stream_error(int descriptor) {
    int error = 0;
    socklen_t length = sizeof error;
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : -1;
}

// Sends two pieces, one behind the other, without a signal where the other side is gone.
static inline ssize_t stream_send(int descriptor, const void *first, size_t first_length, const void *second,
                                  size_t second_length) {
    if (second_length == 0) return send(descriptor, first, first_length, MSG_NOSIGNAL);
    if (first_length == 0) return send(descriptor, second, second_length, MSG_NOSIGNAL);
    struct iovec pieces[2] = {{(void *)first, first_length}, {(void *)second, second_length}};
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
    return sendmsg(descriptor, &message, MSG_NOSIGNAL);
}

// An address of either family; `length` is 0 where the text is none.
struct stream_address {
    struct sockaddr_storage storage;
    socklen_t length;
};
static inline struct stream_address stream_address_of(const char *host, int port) {
    struct stream_address address = {.length = 0};
    struct sockaddr_in *four = (struct sockaddr_in *)&address.storage;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address.storage;
    if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)port);
        address.length = sizeof *four;
    } else if (inet_pton(AF_INET6, host, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons((uint16_t)port);
        address.length = sizeof *six;
    }
    return address;
}
static inline int stream_family(const struct stream_address *address) { return address->storage.ss_family; }
static inline int stream_connect(int descriptor, const struct stream_address *address) {
    return connect(descriptor, (const struct sockaddr *)&address->storage, address->length);
}
static inline int stream_bind(int descriptor, const struct stream_address *address) {
    return bind(descriptor, (const struct sockaddr *)&address->storage, address->length);
}
static inline int stream_port(int descriptor) {
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    if (getsockname(descriptor, (struct sockaddr *)&storage, &length) != 0) return -1;
    return ntohs(storage.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&storage)->sin6_port
                                               : ((struct sockaddr_in *)&storage)->sin_port);
}

#endif
