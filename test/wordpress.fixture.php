<?php
/**
 * Simulates the functions of WordPress and WooCommerce that the plugin calls. A JSON file defines the shop's state and the hooks to
 * fire. Prints the HTML output, and the resulting order and settings, as JSON.
 */

error_reporting( E_ALL );
set_error_handler(
	static function ( $level, $message, $file, $line ) {
		throw new ErrorException( $message, 0, $level, $file, $line );
	}
);

define( 'ABSPATH', '/' );
$given  = json_decode( file_get_contents( '/given.json' ), true );
$hooks  = array();
$errors = array();
$pages  = array();
$_COOKIE = $given['cookies'] ?? array();
$_GET    = $given['query'] ?? array();
$_SERVER = array_merge( $_SERVER, $given['server'] ?? array() );

function add_filter( $name, $callback, $priority = 10 ) { $GLOBALS['hooks'][ $name ][ $priority ][] = $callback; }
function add_action( $name, $callback, $priority = 10 ) { add_filter( $name, $callback, $priority ); }
function get_callbacks( $name ) {
	$byPriority = $GLOBALS['hooks'][ $name ] ?? array();
	ksort( $byPriority );
	return array_merge( ...array_values( $byPriority ) );
}
function do_action( $name, ...$args ) { foreach ( get_callbacks( $name ) as $callback ) { $callback( ...$args ); } }
function apply_filters( $name, $value ) { foreach ( get_callbacks( $name ) as $callback ) { $value = $callback( $value ); } return $value; }
function __return_true() { return true; }

function __( $text ) { return $text; }
function esc_html( $text ) { return htmlspecialchars( (string) $text, ENT_QUOTES, 'UTF-8' ); }
function esc_attr( $text ) { return esc_html( $text ); }
function esc_html_e( $text ) { echo esc_html( $text ); }
function esc_url_raw( $url, $protocols ) {
	$url = false === strpos( $url, ':' ) ? "http://$url" : $url;
	return in_array( parse_url( $url, PHP_URL_SCHEME ), $protocols, true ) ? preg_replace( '/["\'<> ]/', '', $url ) : '';
}
function wp_parse_url( $url ) { return parse_url( $url ); }
function wp_json_encode( $value, $flags ) { return json_encode( $value, $flags ); }
function wp_unslash( $value ) { return is_string( $value ) ? stripslashes( $value ) : $value; }
function sanitize_key( $key ) { return is_scalar( $key ) ? preg_replace( '/[^a-z0-9_\-]/', '', strtolower( $key ) ) : ''; }
function sanitize_text_field( $text ) { return is_scalar( $text ) ? trim( strip_tags( $text ) ) : ''; }
function plugin_basename( $file ) { return 'convey/' . basename( $file ); }
function wp_print_inline_script_tag( $js ) { echo "<script>\n$js\n</script>\n"; }

function get_option( $name ) { return $GLOBALS['given']['options'][ $name ] ?? false; }
function add_settings_error( $setting, $code, $message ) { $GLOBALS['errors'][] = array( $code, $message ); }
function register_setting( $group, $name, $args ) { $GLOBALS['settings'][ $name ] = $args['sanitize_callback']; }
function settings_errors() {}
function settings_fields( $group ) { echo '<input type="hidden" name="option_page" value="' . esc_attr( $group ) . '">'; }
function submit_button() { echo '<button>Save Changes</button>'; }
function checked( $one, $other ) { if ( $one === $other ) { echo "checked='checked'"; } }
function add_submenu_page( $parent, $title, $label, $capability, $slug, $show ) { $GLOBALS['pages'][ $slug ] = array( $capability, $show ); }
function current_user_can( $capability ) { return in_array( $capability, $GLOBALS['given']['can'] ?? array(), true ); }

function is( $what ) { return in_array( $what, $GLOBALS['given']['is'] ?? array(), true ); }
function is_admin() { return is( 'admin' ); }
function is_feed() { return is( 'feed' ); }
function is_preview() { return is( 'preview' ); }
function is_product() { return is( 'product' ); }
function is_checkout() { return is( 'checkout' ); }
function is_wc_endpoint_url() { return is( 'endpoint' ); }
function get_queried_object_id() { return $GLOBALS['given']['product']['id'] ?? 0; }

function get_woocommerce_currency() { return 'USD'; }
function wc_get_product( $id ) { return ( $GLOBALS['given']['product']['id'] ?? 0 ) === $id ? new WC_Product( $GLOBALS['given']['product'] ) : false; }
function wc_get_price_to_display( $product ) { return $product->about['price']; }
function wc_get_order( $id ) { return $GLOBALS['order']->get_id() === $id ? $GLOBALS['order'] : false; }

if ( isset( $given['subscribes'] ) ) {
	class WC_Subscriptions_Cart { public static function cart_contains_subscription() { return true; } }
}

function wc_get_is_paid_statuses() { return array( 'processing', 'completed' ); }
function get_userdata( $id ) { $roles = $GLOBALS['given']['roles'] ?? null; return null === $roles ? false : (object) array( 'roles' => $roles ); }
/** Returns the number of the customer's earlier orders, which are given as pairs of customer and status. */
function wc_get_orders( $query ) {
	$found = array_filter(
		$GLOBALS['given']['earlier'] ?? array(),
		static function ( $order ) use ( $query ) { return $order[0] === $query['customer'] && in_array( $order[1], $query['status'], true ); }
	);
	return (object) array( 'total' => count( $found ) );
}

class WC_Product {
	public $about;
	public function __construct( $about ) { $this->about = $about; }
	public function get_id() { return $this->about['id']; }
	public function get_parent_id() { return $this->about['parent'] ?? 0; }
	public function get_sku() { return $this->about['sku'] ?? ''; }
	public function get_name() { return $this->about['name']; }
	public function is_type( $type ) { return ( isset( $this->about['parent'] ) ? 'variation' : 'simple' ) === $type; }
}

class Line {
	public $about;
	public function __construct( $about ) { $this->about = $about; }
	public function get_product() { return isset( $this->about['product'] ) ? new WC_Product( $this->about['product'] ) : false; }
	public function get_quantity() { return $this->about['quantity']; }
}

class WC_Order {
	private $about;
	public $meta;
	public $saved = 0;
	public function __construct( $about ) { $this->about = $about; $this->meta = $about['meta'] ?? array(); }
	public function get_id() { return $this->about['id'] ?? 0; }
	public function get_order_key() { return $this->about['key'] ?? ''; }
	public function get_total() { return $this->about['total'] ?? '0.00'; }
	public function get_currency() { return $this->about['currency'] ?? 'USD'; }
	public function get_billing_email() { return $this->about['email'] ?? ''; }
	public function get_customer_id() { return $this->about['customer'] ?? 0; }
	public function get_billing_phone() { return $this->about['phone'] ?? ''; }
	public function has_status( $of ) { return in_array( $this->about['status'] ?? 'processing', (array) $of, true ); }
	public function is_paid() { return $this->has_status( array( 'processing', 'completed' ) ); }
	public function key_is_valid( $key ) { return hash_equals( $this->about['key'] ?? '', $key ); }
	public function get_items() { return array_map( static function ( $line ) { return new Line( $line ); }, $this->about['lines'] ?? array() ); }
	public function get_item_total( $line, $withTax, $rounded ) { return $line->about['total'] / $line->about['quantity']; }
	public function get_meta( $key ) { return $this->meta[ $key ] ?? ''; }
	public function update_meta_data( $key, $value ) { $this->meta[ $key ] = $value; }
	public function delete_meta_data( $key ) { unset( $this->meta[ $key ] ); }
	public function save_meta_data() { ++$this->saved; }
}

class Cart {
	private $lines;
	public function __construct( $lines ) { $this->lines = $lines; }
	public function is_empty() { return array() === $this->lines; }
	public function get_cart_hash() { return md5( json_encode( $this->lines ) ); }
	public function get_total( $context ) { return array_sum( array_column( $this->lines, 'line_total' ) ); }
	public function get_cart() {
		return array_map(
			static function ( $line ) { return array( 'data' => new WC_Product( $line['product'] ) ) + $line; },
			$this->lines
		);
	}
}

class Session {
	public $kept;
	public function __construct( $kept ) { $this->kept = $kept; }
	public function get( $key ) { return $this->kept[ $key ] ?? null; }
	public function set( $key, $value ) { $this->kept[ $key ] = $value; }
}

$shop = (object) array(
	'cart'    => new Cart( $given['cart'] ?? array() ),
	'session' => new Session( $given['session'] ?? array() ),
);
if ( ! isset( $given['alone'] ) ) {
	function WC() { return $GLOBALS['shop']; }
}

if ( isset( $given['consentApi'] ) ) {
	function wp_has_consent( $category ) { return ( $_COOKIE[ 'wp_consent_' . $category ] ?? '' ) === 'allow'; }
}

$order = new WC_Order( $given['order'] ?? array() );
require '/convey.php';

ob_start();
foreach ( $given['do'] ?? array() as $fired ) {
	do_action( $fired[0], ...array_map( static function ( $arg ) use ( $order ) { return '@order' === $arg ? $order : $arg; }, array_slice( $fired, 1 ) ) );
}
if ( isset( $given['show'] ) ) {
	$pages[ $given['show'] ][1]();
}
$html = ob_get_clean();
echo json_encode(
	array(
		'html'       => $html,
		'meta'       => (object) $order->meta,
		'saved'      => $order->saved,
		'session'    => (object) $shop->session->kept,
		'pages'      => array_map( static function ( $page ) { return $page[0]; }, $pages ),
		'settings'   => isset( $given['typed'] ) ? $settings['convey_settings']( $given['typed'] ) : null,
		'errors'     => $errors,
		'capability' => apply_filters( 'option_page_capability_convey', 'manage_options' ),
		'erased'     => apply_filters( 'woocommerce_privacy_remove_order_personal_data_meta', array( '_other' => 'text' ) ),
	),
	JSON_THROW_ON_ERROR
);
