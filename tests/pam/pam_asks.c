/* In pam_unix's place in the tests of pam_ecryptfs.so: asks for the passphrases, and takes every one. */
#include <stddef.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>

int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv) {
    const char *passphrase;
    (void)flags, (void)argc, (void)argv;
    return pam_get_authtok(pamh, PAM_AUTHTOK, &passphrase, "Password: ");
}

int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv) {
    (void)pamh, (void)flags, (void)argc, (void)argv;
    return PAM_SUCCESS;
}

int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv) {
    const char *passphrase;
    (void)argc, (void)argv;
    return pam_get_authtok(pamh, flags & PAM_PRELIM_CHECK ? PAM_OLDAUTHTOK : PAM_AUTHTOK, &passphrase, NULL);
}
