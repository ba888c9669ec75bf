/** An example of a key module, described in docs/key-modules.md. */
package com.example.keymodule.file;
