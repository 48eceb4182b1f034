/** What to do about a system error of a connection to `what`, one sentence. Certificates are named by OpenSSL's codes. */
export function adviceOnNetwork(code: string, what: string): string {
  if (code === 'ENOTFOUND')
    return `No such name: check how ${what} is written, and the DNS server of this machine.`;
  if (code === 'EAI_AGAIN')
    return 'The DNS server gives no answer: check /etc/resolv.conf and that UDP port 53 is open.';
  if (code === 'ECONNREFUSED')
    return `Nothing listens there: start it, or correct the port in ${what}.`;
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH')
    return "There is no route there: check this machine's network and its routes.";
  if (code === 'ECONNRESET')
    return "The connection was cut: a firewall or proxy in between doesn't let it through.";
  if (code === 'ETIMEDOUT')
    return 'Packets are dropped on the way: open the port in the firewalls between.';
  if (code === 'CERT_HAS_EXPIRED')
    return "Renew the certificate there, or set this machine's clock.";
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `The certificate is for another name: use a name that it has in ${what}.`;
  if (/SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|CERT_UNTRUSTED/.test(code))
    return 'Nobody known here signed the certificate: set NODE_EXTRA_CA_CERTS to the PEM file of who did.';
  if (/^(ERR_SSL|EPROTO)/.test(code))
    return `That port doesn't speak TLS: check scheme and port in ${what}.`;
  if (code === 'EMFILE') return 'Too many files are open: raise the limit with ulimit -n.';
  return `Check ${what}, and what the network does between here and there.`;
}
