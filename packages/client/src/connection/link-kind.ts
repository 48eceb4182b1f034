/** How a call's media and events travel: WebRTC over UDP, TCP or TURN, or a media WebSocket. */
export type LinkKind = 'webrtc' | 'websocket';

/** Which of them a page lets a session use; `auto` races them and changes between them. */
export type TransportChoice = 'auto' | LinkKind;
