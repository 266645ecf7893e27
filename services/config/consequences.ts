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

/** Follows "`X` is read but not acted on yet: ". */
export const acceptedConsequences: Readonly<Record<string, string>> = {
  enable_script_security: "nothing checks who may write the scripts before they run",
  virtual_server: "no load balancing is set up and no real server is checked",
  virtual_server_group: "no load balancing is set up",
  bfd_instance: "no BFD session is opened",
};
