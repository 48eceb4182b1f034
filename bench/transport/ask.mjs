/** Sends a child a message, and resolves to its next one of this type. */
export async function ask(child, message, type) {
  const told = new Promise((done) => {
    const listen = (reply) => {
      if (reply.type !== type) return;
      child.off('message', listen);
      done(reply);
    };
    child.on('message', listen);
  });
  child.send(message);
  return told;
}
