// Linux system calls that the C library's module does not show to Swift: namespaces, mounts, process descriptors.
#ifndef MARTLET_CLINUX_SHIM_H
#define MARTLET_CLINUX_SHIM_H

#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static const int linux_clone_newns = 0x00020000;
static const int linux_clone_newuts = 0x04000000;
static const int linux_clone_newuser = 0x10000000;

static const unsigned long linux_ms_rdonly = 1;
static const unsigned long linux_ms_remount = 32;
static const unsigned long linux_ms_bind = 4096;
static const unsigned long linux_ms_rec = 16384;
static const unsigned long linux_ms_private = 1 << 18;
static const int linux_mnt_detach = 2;
static const int linux_o_path = 010000000;

static inline int linux_unshare(int flags) { return (int)syscall(SYS_unshare, flags); }
static inline int linux_setns(int fd, int type) { return (int)syscall(SYS_setns, fd, type); }
static inline int linux_mount(const char *source, const char *target, const char *type, unsigned long flags,
                              const char *data) {
    return (int)syscall(SYS_mount, source, target, type, flags, data);
}
static inline int linux_umount(const char *target, int flags) { return (int)syscall(SYS_umount2, target, flags); }
static inline int linux_pivot_root(const char *root, const char *old) {
    return (int)syscall(SYS_pivot_root, root, old);
}
static inline int linux_sethostname(const char *name, unsigned long length) {
    return (int)syscall(SYS_sethostname, name, length);
}
// A GNU extension: closes every descriptor from `first` on in the program to be started.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);
static inline int linux_spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}
static inline int linux_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }
static inline int linux_die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); }
static inline int linux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
static inline int linux_pidfd_send_signal(int fd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, fd, signal, (void *)0, 0);
}
static inline int linux_lock(int fd) { return flock(fd, LOCK_EX | LOCK_NB); }
// A descriptor that turns the signals of a bit mask (bit n-1 for signal n) into bytes to read.
static inline int linux_signal_descriptor(unsigned long mask) {
    return (int)syscall(SYS_signalfd4, -1, &mask, sizeof mask, 02000000 | 04000);
}

#endif
