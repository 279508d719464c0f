/* A PAM module that damages its process as bad modules do. The first argument chooses the damage:
 *   hang, segv, abort, exit, closeall, print, flood, ask, leak, leakone, setuid, chdir, umask, forger, fork,
 *   code=N (return N), delay=N (ask for a failure delay of N microseconds and fail),
 *   rhost=X (succeed when PAM_RHOST is X), realuid (tell the real and effective uid) */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As in <security/pam_modules.h>, which need not be installed. */
typedef struct pam_handle pam_handle_t;
struct pam_message { int msg_style; const char *msg; };
struct pam_response { char *resp; int resp_retcode; };
struct pam_conv {
    int (*conv)(int, const struct pam_message **, struct pam_response **, void *);
    void *appdata_ptr;
};
int pam_get_item(const pam_handle_t *, int, const void **);
int pam_fail_delay(pam_handle_t *, unsigned int);
enum { PAM_RHOST = 4, PAM_CONV = 5, PAM_SUCCESS = 0, PAM_SYSTEM_ERR = 4, PAM_AUTH_ERR = 7 };
enum { ECHO_OFF = 1, ECHO_ON = 2, ERROR_MSG = 3, TEXT_INFO = 4 };

/* Several questions at once; the answers are left to the caller. */
static int converse(pam_handle_t *pamh, int count, const struct pam_message *messages, struct pam_response **answers)
{
    const struct pam_conv *conv;
    const struct pam_message *pointers[8];
    for (int i = 0; i < count; i++)
        pointers[i] = &messages[i];
    if (pam_get_item(pamh, PAM_CONV, (const void **)&conv) != PAM_SUCCESS)
        return PAM_SYSTEM_ERR;
    return conv->conv(count, pointers, answers, conv->appdata_ptr);
}

static void tell(pam_handle_t *pamh, int style, const char *text)
{
    struct pam_message message = { style, text };
    struct pam_response *answers = NULL;
    converse(pamh, 1, &message, &answers);
    free(answers);
}

/* Succeeds when the user's name (argv[1]) and the password "password" come back, each twice. */
static int ask(pam_handle_t *pamh, const char *user)
{
    struct pam_message messages[] = {
        { TEXT_INFO, "Welcome\nto the \001 test" }, { ECHO_ON, "Name: " }, { ECHO_OFF, "Password: " },
        { ERROR_MSG, "Once more" }, { ECHO_OFF, "PIN: " }, { ECHO_ON, "Name again: " },
    };
    struct pam_response *answers = NULL;
    if (converse(pamh, 6, messages, &answers) != PAM_SUCCESS)
        return PAM_SYSTEM_ERR;
    int right = !answers[0].resp && !answers[3].resp && !strcmp(answers[1].resp, user) && !strcmp(answers[5].resp, user)
        && !strcmp(answers[2].resp, "password") && !strcmp(answers[4].resp, "password");
    for (int i = 0; i < 6; i++)
        free(answers[i].resp);
    free(answers);
    struct pam_message odd = { 99, "no such style" };
    return right && converse(pamh, 1, &odd, &answers) != PAM_SUCCESS ? PAM_SUCCESS : PAM_AUTH_ERR;
}

static int act(pam_handle_t *pamh, int argc, const char **argv)
{
    const char *what = argc > 0 ? argv[0] : "";
    const void *item = NULL;
    char text[200];
    if (!strcmp(what, "hang"))
        for (;;)
            pause();
    if (!strcmp(what, "segv"))
        *(volatile int *)0 = 1;
    if (!strcmp(what, "abort"))
        abort();
    if (!strcmp(what, "exit"))
        exit(0);
    if (!strcmp(what, "closeall"))
        for (int fd = 0; fd < 1024; fd++)
            close(fd);
    if (!strcmp(what, "print")) {
        printf("printed to stdout\n");
        fflush(stdout);
        fprintf(stderr, "printed to \033 stderr\n");
    }
    if (!strcmp(what, "flood"))
        for (int i = 0; i < 200000; i++)
            if (write(1 + i % 2, "flooding the log with many lines\n", 33) < 0)
                continue;
    if (!strcmp(what, "ask"))
        return ask(pamh, argv[1]);
    if (!strncmp(what, "leak", 4))
        for (int i = 0; i < (what[4] ? 1 : 50); i++)
            open("/dev/null", O_RDONLY);
    if (!strcmp(what, "setuid") && setuid(65534))
        return PAM_SYSTEM_ERR;
    if (!strcmp(what, "chdir") && chdir("/usr"))
        return PAM_SYSTEM_ERR;
    if (!strcmp(what, "umask"))
        umask(0777);
    if (!strcmp(what, "forger") && write(3, "\x04\0\0\0\x01\xff\xff\xff", 8) < 0)
        return PAM_SYSTEM_ERR;
    if (!strcmp(what, "fork") && fork() == 0)
        for (;;)
            pause();
    if (!strncmp(what, "code=", 5))
        return atoi(what + 5);
    if (!strncmp(what, "delay=", 6)) {
        pam_fail_delay(pamh, atoi(what + 6));
        return PAM_AUTH_ERR;
    }
    if (!strncmp(what, "rhost=", 6)) {
        pam_get_item(pamh, PAM_RHOST, &item);
        return item && !strcmp(item, what + 6) ? PAM_SUCCESS : PAM_AUTH_ERR;
    }
    if (!strcmp(what, "realuid")) {
        snprintf(text, sizeof text, "real uid %d, effective uid %d", (int)getuid(), (int)geteuid());
        tell(pamh, TEXT_INFO, text);
    }
    return PAM_SUCCESS;
}

int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    return act(pamh, argc, argv);
}

int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    return PAM_SUCCESS;
}

int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    return act(pamh, argc, argv);
}

int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    return act(pamh, argc, argv);
}
