/**
 * The event log of the firmware: what was measured into each PCR during the boot (TCG PC Client Platform Firmware Profile 1.06,
 * section 10). It reads bytes only; nothing here knows a TPM.
 */
package org.ecryptfsj.protector.tpm2.eventlog;
