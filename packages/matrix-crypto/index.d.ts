export class OlmMachine {}
export class UserId {}
export class DeviceId {}
export class RoomId {}
export class DeviceLists {}
export class EncryptionSettings {}
export class Attachment {}
export class EncryptedAttachment {}
export type DecryptedRoomEvent = never;
export type EncryptionAlgorithm = number;
export type KeysClaimRequest = never;
export type RequestType = number;
export type StoreType = number;
