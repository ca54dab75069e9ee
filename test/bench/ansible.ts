/** The same work as the shipped playbook's, in ansible-core's own modules: packages, certificate, 7 rules, file, service. */
export function ansiblePlaybook(caFile: string): string {
  const rule = (name: string, args: string) => `    - name: ${name}\n      iptables: { ${args} }\n`
  return `- hosts: all
  gather_facts: false
  tasks:
    - apt: { name: [rsyslog, rsyslog-gnutls], state: present }
    - copy: { src: ${caFile}, dest: /etc/rsyslog.d/SEKOIA-IO-intake.pem, mode: '0644' }
    - iptables: { chain: DROP_LOGGING, chain_management: true }
${rule('lo', 'chain: INPUT, in_interface: lo, jump: ACCEPT')}${rule('established', "chain: INPUT, ctstate: ['ESTABLISHED', 'RELATED'], jump: ACCEPT")}${rule('ssh', 'chain: INPUT, protocol: tcp, destination_port: 22, jump: ACCEPT')}${rule('web', "chain: INPUT, protocol: tcp, destination_ports: ['80', '443'], jump: ACCEPT")}${rule('log', "chain: DROP_LOGGING, limit: 60/min, limit_burst: 60, jump: LOG, log_prefix: 'IPTables/Dropped: '")}${rule('drop', 'chain: DROP_LOGGING, jump: DROP')}${rule('jump', 'chain: INPUT, jump: DROP_LOGGING')}    - copy:
        dest: /etc/rsyslog.d/11-netfilter.conf
        mode: '0600'
        content: |
          template(name="SEKOIAIONetfilterTemplate" type="string" string="<%pri%>1 %msg%\\n")
          if $programname == "kernel" and $msg contains "IPTables/" then {
            action(type="omfwd" protocol="tcp" target="intake.sekoia.io" port="10514" TCP_Framing="octet-counted" template="SEKOIAIONetfilterTemplate"
              StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="intake.sekoia.io"
              StreamDriver.CAFile="/etc/rsyslog.d/SEKOIA-IO-intake.pem" queue.type="LinkedList")
          }
      register: configuration
    - service: { name: rsyslog, state: started, enabled: true }
    - service: { name: rsyslog, state: restarted }
      when: configuration is changed
`
}
