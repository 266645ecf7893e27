/**
 * Every keyword of keepalived 2.4.3 by the block it stands in, and what this program does with it. Data only.
 *
 * implemented: acted on. accepted: read, harmless when not acted on, said once. refused: running without it would
 * change what is on the wire or who is active, or would drop a check in silence, so it is an error.
 */

export type KeywordStatus = "implemented" | "accepted" | "refused";

export type BlockName = keyof typeof keywordTable;

type Row = Readonly<Partial<Record<KeywordStatus, string>>>;

export const keywordTable = {
  "top level": {
    implemented: `global_defs vrrp_instance vrrp_script track_file vrrp_track_file vrrp_sync_group
      static_ipaddress static_routes static_rules garp_group vrrp_track_process`,
    accepted: `linkbeat_use_polling net_namespace_ipvs namespace_with_ipsets use_pid_dir instance
      child_wait_time linkbeat_interfaces bfd_instance SSL virtual_server_group virtual_server`,
    refused: `net_namespace track_group interface_up_down_delays`,
  },
  global_defs: {
    implemented: `router_id vrrp_version v3_checksum_as_v2 vrrp_garp_master_delay vrrp_garp_master_repeat
      vrrp_lower_prio_no_advert vrrp_strict vmac_prefix script_user vrrp_garp_master_refresh
      vrrp_garp_master_refresh_repeat vrrp_garp_lower_prio_delay vrrp_garp_lower_prio_repeat
      vrrp_garp_extra_if vrrp_vmac_garp_intvl vrrp_garp_interval vrrp_gna_interval vrrp_min_garp notify_fifo
      notify_fifo_script vrrp_notify_fifo vrrp_notify_fifo_script vrrp_notify_priority_changes
      fifo_write_vrrp_states_on_reload notification_email notification_email_from smtp_server smtp_helo_name
      smtp_connect_timeout smtp_alert smtp_alert_vrrp no_email_faults vrrp_down_timer_adverts
      vrrp_higher_prio_send_advert vrrp_skip_check_adv_addr vrrp_owner_ignore_adverts vrrp_mcast_group4
      vrrp_mcast_group6 vrrp_check_unicast_src vrrp_startup_delay vrrp_delay_after_boot dynamic_interfaces
      default_interface reload_check_config enable_script_security use_symlink_paths`,
    accepted: `process_names process_name vrrp_process_name checker_process_name lvs_process_name
      bfd_process_name set_supplementary_groups startup_script_timeout shutdown_script_timeout
      max_auto_priority min_auto_priority_delay smtp_alert_checker checker_log_all_failures
      disable_local_igmp lvs_timeouts lvs_flush lvs_flush_on_stop lvs_flush_onstop lvs_sync_daemon
      vrrp_iptables vrrp_ipsets nftables nftables_priority nftables_ifindex nftables_counters nftables_ipvs
      nftables_ipvs_priority nftables_ipvs_start_fwmark vrrp_priority vrrp_no_swap vrrp_rt_priority
      vrrp_cpu_affinity vrrp_rlimit_rttime vrrp_rlimit_rtime lvs_notify_fifo lvs_notify_fifo_script
      checker_priority checker_no_swap checker_rt_priority checker_cpu_affinity checker_rlimit_rttime
      checker_rlimit_rtime bfd_priority bfd_no_swap bfd_rt_priority bfd_cpu_affinity bfd_rlimit_rttime
      bfd_rlimit_rtime snmp_socket enable_traps enable_snmp_vrrp enable_snmp_keepalived enable_snmp_rfc
      enable_snmp_rfcv2 enable_snmp_rfcv3 enable_snmp_checker snmp_vs_stats_update_interval
      snmp_rs_stats_update_interval enable_dbus dbus_service_name dbus_no_interface_name
      vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force vrrp_netlink_monitor_rcv_bufs
      vrrp_netlink_monitor_rcv_bufs_force process_monitor_rcv_bufs process_monitor_rcv_bufs_force
      lvs_netlink_cmd_rcv_bufs lvs_netlink_cmd_rcv_bufs_force lvs_netlink_monitor_rcv_bufs
      lvs_netlink_monitor_rcv_bufs_force rs_init_notifies no_checker_emails vrrp_rx_bufs_policy
      vrrp_rx_bufs_multiplier log_unknown_vrids vmac_addr_prefix umask random_seed reload_time_file
      reload_repeat reload_file include_check config_save_dir tmp_config_directory data_use_instance
      json_version iproute_usr_dir iproute_etc_dir state_dump_file stats_dump_file json_dump_file`,
    refused: `startup_script shutdown_script`,
  },
  vrrp_instance: {
    implemented: `unicast_ttl unicast_peer unicast_src_ip mcast_src_ip check_unicast_src state interface
      track_interface track_script track_file virtual_router_id version v3_checksum_as_v2 priority
      advert_int virtual_ipaddress virtual_ipaddress_excluded accept no_accept strict_mode use_vmac
      vmac_xmit_base preempt nopreempt preempt_delay debug notify_backup notify_master notify_fault
      notify_stop notify garp_master_delay garp_master_repeat lower_prio_no_advert authentication
      address_lease virtual_routes virtual_rules garp_master_refresh garp_master_refresh_repeat
      garp_lower_prio_delay garp_lower_prio_repeat garp_extra_if vmac_garp_intvl notify_deleted
      notify_master_rx_lower_pri notify_priority_changes smtp_alert track_process down_timer_adverts
      higher_prio_send_advert skip_check_adv_addr owner_ignore_adverts mcast_dst_ip dont_track_primary
      track_src_ip unicast_fault_no_peer`,
    accepted: `old_unicast_checksum native_ipv6 linkbeat_use_polling lvs_sync_daemon_interface
      kernel_rx_buf_size`,
    refused: `use_vmac_addr use_ipvlan vrf track_bfd no_virtual_ipaddress promote_secondaries
      timer_expired_backup thread_timer_expired auth_hmac`,
  },
  authentication: { implemented: "auth_type auth_pass" },
  auth_hmac: { refused: "key active_key time_window anti_replay mode" },
  vrrp_sync_group: {
    implemented: `group track_interface track_script track_file notify_backup notify_master notify_fault
      notify_stop notify global_tracking sync_group_tracking_weight notify_priority_changes smtp_alert
      track_process`,
    refused: `track_bfd`,
  },
  track_group: { refused: "group" },
  garp_group: { implemented: "garp_interval gna_interval interface interfaces" },
  vrrp_script: { implemented: "script interval timeout weight rise fall user init_fail" },
  vrrp_track_process: {
    implemented: `process param_match weight quorum quorum_max delay terminate_delay fork_delay full_command`,
  },
  track_file: { implemented: "file weight init_file" },
  bfd_instance: {
    accepted: `source_ip neighbor_ip neighbour_ip min_rx min_tx idle_tx multiplier passive ttl hoplimit max_hops
      multihop weight vrrp checker`,
  },
  SSL: { accepted: "password ca certificate key" },
  virtual_server_group: { accepted: "fwmark" },
  virtual_server: {
    accepted: `ip_family retry delay_before_retry warmup connect_timeout delay_loop inhibit_on_failure lb_algo
      lvs_sched hashed ops flag-1 flag-2 flag-3 sh-port sh-fallback mh-port mh-fallback lb_kind lvs_method
      persistence_engine persistence_timeout persistence_granularity protocol ha_suspend smtp_alert virtualhost
      snmp_name alpha omega quorum_up quorum_down quorum hysteresis weight sorry_server sorry_server_inhibit
      sorry_server_lvs_method real_server`,
  },
  real_server: {
    accepted: `weight lvs_method uthreshold lthreshold inhibit_on_failure notify_up notify_down alpha retry
      delay_before_retry warmup connect_timeout delay_loop smtp_alert virtualhost snmp_name HTTP_GET SSL_GET
      TCP_CHECK SMTP_CHECK DNS_CHECK MISC_CHECK BFD_CHECK PING_CHECK UDP_CHECK FILE_CHECK`,
  },
  checker: {
    accepted: `connect_ip connect_port bindto bind_port bind_if connect_timeout fwmark retry delay_before_retry
      warmup delay_loop alpha log_all_failures nb_get_retry virtualhost http_protocol enable_sni sni_name
      fast_recovery tls_compliant url path digest status_code regex regex_no_match regex_options regex_min_offset
      regex_max_offset regex_stack helo_name host type name misc_path misc_timeout misc_dynamic user payload
      require_reply min_reply_length max_reply_length track_file weight`,
  },
} as const satisfies Readonly<Record<string, Row>>;

/** Words that this program adds to keepalived's language. */
export const understudyKeywords: readonly string[] = ["address_lease"];
