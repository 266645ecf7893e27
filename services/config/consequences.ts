/** What running without a keyword would do: the reason behind each refusal, and behind some of what is only read. */

/** Ends the sentence "running without it would …". */
export const refusalConsequences: Readonly<Record<string, string>> = {
  // Top level
  net_namespace: "run the routers in the wrong network namespace",
  track_group: "leave routers active when a static address or route is lost",
  interface_up_down_delays: "fail over at once when a link flaps",
  // global_defs
  startup_script: "start without what that script prepares",
  shutdown_script: "stop without what that script cleans up",
  // vrrp_instance
  use_vmac_addr: "answer for the addresses with the interface's own MAC address",
  use_ipvlan: "put the addresses on the interface itself",
  vrf: "run the router outside of its VRF",
  track_bfd: "stay active when that BFD session is down",
  no_virtual_ipaddress: "refuse the router, because every router needs an address",
  promote_secondaries: "let the kernel remove other addresses of the subnet with the first",
  timer_expired_backup: "stay active after a stall in which a peer has taken over",
  thread_timer_expired: "stay active after a stall in which a peer has taken over",
  auth_hmac: "send adverts without the HMAC that the peers ask for",
};

/** What to do instead, where something else does it. */
export const refusalSuggestions: Readonly<Record<string, string>> = {
  startup_script: "run it by `ExecStartPre=` in the systemd unit, with `TimeoutStartSec=`",
  shutdown_script: "run it by `ExecStopPost=` in the systemd unit, with `TimeoutStopSec=`",
};

/** Follows "`X` is read but not acted on yet: ". */
export const acceptedConsequences: Readonly<Record<string, string>> = {
  ...sameOf("the processes keep their own names", "process_names process_name vrrp_process_name"),
  ...sameOf(
    "give the service Nice or CPUAffinity in its systemd unit instead",
    "vrrp_priority vrrp_cpu_affinity max_auto_priority min_auto_priority_delay",
  ),
  ...sameOf(
    "give the service CPUSchedulingPolicy=rr in its systemd unit instead",
    "vrrp_rt_priority vrrp_rlimit_rttime vrrp_rlimit_rtime",
  ),
  ...sameOf(
    "memory is not locked; give the service MemorySwapMax=0 in its systemd unit instead",
    "vrrp_no_swap",
  ),
  ...sameOf(
    "netlink sockets queue 8 MiB, and all is read anew where that was not enough",
    `vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force vrrp_netlink_monitor_rcv_bufs
    vrrp_netlink_monitor_rcv_bufs_force process_monitor_rcv_bufs process_monitor_rcv_bufs_force`,
  ),
  ...sameOf("advert sockets queue 8 MiB", "vrrp_rx_bufs_policy vrrp_rx_bufs_multiplier kernel_rx_buf_size"),
  ...sameOf(
    "there is no SNMP; `understudy status` and the events tell the same by RFC 8347's names",
    `snmp_socket enable_traps enable_snmp_vrrp enable_snmp_keepalived enable_snmp_rfc enable_snmp_rfcv2
    enable_snmp_rfcv3`,
  ),
  ...sameOf(
    "there is no D-Bus; subscribe to the events, or ask `understudy status`",
    "enable_dbus dbus_service_name dbus_no_interface_name",
  ),
  virtual_server: "no load balancing is set up and no real server is checked",
  virtual_server_group: "no load balancing is set up",
  bfd_instance: "no BFD session is opened",
};

function sameOf(consequence: string, keywords: string): Readonly<Record<string, string>> {
  return Object.fromEntries(keywords.split(/\s+/u).map((keyword) => [keyword, consequence]));
}
