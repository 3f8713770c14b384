"use strict";
// matrix-bot-sdk loads these seven classes at import time, even when nothing is encrypted; the package of this name
// fetches a native binary in an install script, which we do not run. Encryption comes with a later issue: until then
// every use is refused in words, so that an encrypted room is noticed instead of being silently unreadable.

function refuse(name) {
  return class {
    constructor() {
      throw new Error(`Encrypted rooms are not supported yet (matrix crypto class ${name} was asked for).`);
    }
    static initialize() {
      throw new Error(`Encrypted rooms are not supported yet (matrix crypto class ${name} was asked for).`);
    }
  };
}

module.exports = {
  OlmMachine: refuse("OlmMachine"),
  UserId: refuse("UserId"),
  DeviceId: refuse("DeviceId"),
  RoomId: refuse("RoomId"),
  DeviceLists: refuse("DeviceLists"),
  EncryptionSettings: refuse("EncryptionSettings"),
  Attachment: refuse("Attachment"),
  EncryptedAttachment: refuse("EncryptedAttachment"),
};
