/*
 * pam_ecryptfs.so: opens a user's encrypted home or private directory at login, closes it at logout, and wraps its passphrase
 * again when the login passphrase changes. All of that is done by the program ecryptfs-pam. This module collects what it needs,
 * runs it, waits with a limit and never fails a login.
 *
 * The application, sshd or sudo for instance, must notice nothing: no SIGCHLD, no child for its wait(2), no descriptor, no
 * environment, no thread, no lock. So the program is started by a process in between, the watcher, which clone(2) makes
 * without a signal at its end and which makes system calls only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>

#ifndef PROGRAM
#define PROGRAM "/usr/bin/ecryptfs-pam"
#endif
#ifndef SILENCE_MS
#define SILENCE_MS 5000
#endif
#ifndef TOTAL_MS
#define TOTAL_MS 30000
#endif

/* How the program ends, and, from 200 on, what the watcher says of it. The program's part is in ecryptfs-pam. */
enum result { DONE = 0, JOINED = 10, ASKS = 11, KEPT = 12, NOT_STARTED = 127, SILENT = 200, SLOW, KILLED, BROKEN };

/* A sign of life: one byte of output. This one says: a step begins that may be silent up to the limit for all. */
static const char LONG_STEP = 'w';

static const char SESSIONS[] = "ecryptfsj_sessions";

/* fork(3) takes locks that another thread may hold. */
static pid_t new_process(long signal_at_end) {
#ifdef __s390__
    return (pid_t)syscall(SYS_clone, 0L, signal_at_end, 0L, 0L, 0L);
#else
    return (pid_t)syscall(SYS_clone, signal_at_end, 0L, 0L, 0L, 0L);
#endif
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void close_all(void) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, 0U, ~0U, 0U) == 0) {
        return;
    }
#endif
    struct rlimit limit = {.rlim_cur = 1 << 20};
    getrlimit(RLIMIT_NOFILE, &limit);
    for (int fd = 0; fd < 1 << 20 && (rlim_t)fd < limit.rlim_cur; fd++) {
        close(fd);
    }
}

/* A container's root may not be allowed more than its hard limit. */
static void unlimit(__rlimit_resource_t resource) {
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    if (setrlimit(resource, &limit) != 0 && getrlimit(resource, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(resource, &limit);
    }
}

/* su has its caller's real user id, groups and limits. By system calls: the functions of these names signal every thread. */
static bool become_root(void) {
    const struct rlimit none = {0, 0};
    prctl(PR_SET_DUMPABLE, 0);
    setrlimit(RLIMIT_CORE, &none);
    unlimit(RLIMIT_CPU);
    unlimit(RLIMIT_FSIZE);
    umask(022);
    return syscall(SYS_setgroups, 0, NULL) == 0 && syscall(SYS_setresgid, 0, 0, 0) == 0 &&
           syscall(SYS_setresuid, 0, 0, 0) == 0 && chdir("/") == 0;
}

static _Noreturn void execute(int in, int out, char *const environment[]) {
    char *const arguments[] = {PROGRAM, NULL};
    sigset_t no_signal;
    sigemptyset(&no_signal);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    /* What is linked to the session keyring there would be at hand in every session of the application. */
    syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0) {
        _exit(NOT_STARTED);
    }
    sigprocmask(SIG_SETMASK, &no_signal, NULL);
    execve(PROGRAM, arguments, environment);
    _exit(NOT_STARTED);
}

static int wait_with_limits(pid_t program, int signs, int children) {
    const int64_t end = now() + TOTAL_MS;
    int64_t limit = now() + SILENCE_MS, left;
    struct pollfd events[] = {{.fd = signs, .events = POLLIN}, {.fd = children, .events = POLLIN}};
    struct signalfd_siginfo changes;
    char bytes[256];
    int status;
    while ((left = limit - now()) > 0) {
        poll(events, 2, (int)left);
        if (events[1].revents != 0 && read(children, &changes, sizeof changes) > 0 &&
            waitpid(program, &status, WNOHANG) == program) {
            return WIFEXITED(status) && WEXITSTATUS(status) < 128 ? WEXITSTATUS(status) : KILLED;
        }
        ssize_t count = events[0].revents & POLLIN ? read(signs, bytes, sizeof bytes) : 0;
        if (count > 0) {
            limit = bytes[count - 1] == LONG_STEP || now() + SILENCE_MS > end ? end : now() + SILENCE_MS;
        } else if (events[0].revents != 0) {
            events[0].fd = -1;
        }
    }
    kill(-program, SIGKILL);
    kill(program, SIGKILL);
    return limit == end ? SLOW : SILENT;
}

static bool hand_over(int pipe, const char *secret) {
    size_t size = strlen(secret) + 1;
    return write(pipe, secret, size) == (ssize_t)size;
}

/* The process in between; all signals are blocked. The pipe takes two passphrases at once: a page is the least it has. */
static _Noreturn void watch(const char *first, const char *second, char *const environment[]) {
    int in[2], out[2], children;
    sigset_t child;
    setsid();
    close_all();
    for (int number = 1; number < NSIG; number++) {
        signal(number, SIG_DFL);
    }
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (open("/dev/null", O_RDWR) != fd) {
            _exit(BROKEN);
        }
    }
    if (!become_root() || pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 || !hand_over(in[1], first) ||
        !hand_over(in[1], second) || (children = signalfd(-1, &child, SFD_CLOEXEC)) < 0) {
        _exit(BROKEN);
    }
    pid_t program = new_process(SIGCHLD);
    if (program == 0) {
        execute(in[0], out[1], environment);
    }
    close(in[0]);
    close(in[1]);
    close(out[1]);
    _exit(program < 0 ? BROKEN : wait_with_limits(program, out[0], children));
}

static const char *reason(int result) {
    switch (result) {
    case NOT_STARTED:
        return "could not be started";
    case SILENT:
        return "gave no sign of life in time and was killed";
    case SLOW:
        return "did not end in time and was killed";
    case KILLED:
        return "was killed";
    case BROKEN:
        return "could not be started for want of a process, a descriptor or a right";
    default:
        return "failed";
    }
}

static int run(pam_handle_t *pamh, const char *phase, const char *user, bool asked, const char *first, const char *second) {
    const void *service = NULL;
    char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C", type[64], name[512], caller[512], module[64];
    char *const environment[] = {path, locale, type, name, caller, module, NULL};
    int status, result = BROKEN;
    sigset_t all, before;

    pam_get_item(pamh, PAM_SERVICE, &service);
    snprintf(type, sizeof type, "PAM_TYPE=%s", phase);
    snprintf(caller, sizeof caller, "PAM_SERVICE=%s", service == NULL ? "" : (const char *)service);
    snprintf(module, sizeof module, "ECRYPTFSJ_PAM_MODULE=%s", asked ? "asked" : "login");
    if (snprintf(name, sizeof name, "PAM_USER=%s", user) >= (int)sizeof name) {
        pam_syslog(pamh, LOG_ERR, "encrypted directory: %s: the name of the user is too long. The login goes on.", phase);
        return BROKEN;
    }
    if (faccessat(AT_FDCWD, PROGRAM, X_OK, AT_EACCESS) != 0) {
        pam_syslog(pamh, LOG_ERR, "encrypted directory of %s: %s: %s cannot be run: %m. The login goes on. What to do: install "
                   "the package ecryptfsj again", user, phase, PROGRAM);
        return NOT_STARTED;
    }
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t ended, watcher = new_process(0);
    if (watcher == 0) {
        watch(first, second, environment);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (watcher > 0) {
        while ((ended = waitpid(watcher, &status, __WALL)) < 0 && errno == EINTR) {
        }
        result = ended == watcher && WIFEXITED(status) ? WEXITSTATUS(status) : KILLED;
    }
    if (result != DONE && result != JOINED && result != ASKS && result != KEPT) {
        pam_syslog(pamh, LOG_ERR, "encrypted directory of %s: %s: %s %s (%d). The login goes on. What to do: read the lines of "
                   "ecryptfs-pam above, run ecryptfs-doctor", user, phase, PROGRAM, reason(result), result);
    }
    return result;
}

/* A screen locker of the user's has no rights to use, and systemd's user manager is no session of the user. */
static bool concerns_us(pam_handle_t *pamh, const char **user) {
    const void *service = NULL;
    return geteuid() == 0 && pam_get_item(pamh, PAM_SERVICE, &service) == PAM_SUCCESS &&
           (service == NULL || strcmp(service, "systemd-user") != 0) && pam_get_user(pamh, user, NULL) == PAM_SUCCESS &&
           *user != NULL && **user != '\0';
}

/* Empty if there is none, or it is longer than PAM allows. */
static const char *passphrase(pam_handle_t *pamh, int item) {
    const void *text = NULL;
    return pam_get_item(pamh, item, &text) == PAM_SUCCESS && text != NULL && strlen(text) < PAM_MAX_RESP_SIZE ? text : "";
}

static intptr_t sessions(pam_handle_t *pamh) {
    const void *count = NULL;
    return pam_get_data(pamh, SESSIONS, &count) == PAM_SUCCESS ? (intptr_t)count : 0;
}

int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv) {
    const char *user = NULL;
    char *own = NULL;
    (void)flags, (void)argc, (void)argv;
    if (concerns_us(pamh, &user) && run(pamh, "auth", user, false, passphrase(pamh, PAM_AUTHTOK), "") == ASKS &&
        pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, &own, "Encryption passphrase: ") == PAM_SUCCESS && own != NULL) {
        if (strlen(own) < PAM_MAX_RESP_SIZE) {
            run(pamh, "auth", user, true, own, "");
        }
        explicit_bzero(own, strlen(own));
    }
    free(own);
    return PAM_SUCCESS;
}

int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv) {
    (void)pamh, (void)flags, (void)argc, (void)argv;
    return PAM_SUCCESS;
}

int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv) {
    const char *user = NULL;
    (void)flags, (void)argc, (void)argv;
    if (concerns_us(pamh, &user) && run(pamh, "open_session", user, false, "", "") == JOINED) {
        pam_set_data(pamh, SESSIONS, (void *)(sessions(pamh) + 1), NULL);
    }
    return PAM_SUCCESS;
}

int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv) {
    const char *user = NULL;
    intptr_t count = sessions(pamh);
    (void)flags, (void)argc, (void)argv;
    if (count > 0 && concerns_us(pamh, &user)) {
        pam_set_data(pamh, SESSIONS, (void *)(count - 1), NULL);
        run(pamh, "close_session", user, false, "", "");
    }
    return PAM_SUCCESS;
}

int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv) {
    const char *user = NULL;
    (void)argc, (void)argv;
    if ((flags & PAM_UPDATE_AUTHTOK) && concerns_us(pamh, &user) &&
        run(pamh, "password", user, false, passphrase(pamh, PAM_OLDAUTHTOK), passphrase(pamh, PAM_AUTHTOK)) != DONE &&
        !(flags & PAM_SILENT)) {
        pam_error(pamh, "If %s has an encrypted home or private directory, it still opens with the old passphrase.\n"
                  "To change that, as %s: ecryptfs-rewrap-passphrase ~/.ecryptfs/wrapped-passphrase", user, user);
    }
    return PAM_SUCCESS;
}
