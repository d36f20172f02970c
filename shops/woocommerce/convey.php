<?php
/**
 * Plugin Name:          Convey for WooCommerce
 * Description:          Adds Convey's pixel to the shop, and lets each order name its visitor, so that browser and webhook tell of one purchase.
 * Version:              0.1.0
 * Requires at least:    6.0
 * Requires PHP:         7.4
 * Requires Plugins:     woocommerce
 * WC requires at least: 8.0
 * License:              Apache-2.0
 * License URI:          https://www.apache.org/licenses/LICENSE-2.0
 *
 * What it does, in the order in which a shopper meets it:
 *
 *  1. The pixel in the head of every page, and the choice that a consent plugin tells by the WP Consent API.
 *  2. ViewContent, AddToCart and InitiateCheckout, from pages that may come out of a cache.
 *  3. On the order, its visitor and its checkout. WooCommerce's webhook carries both to Convey.
 *  4. On the thank-you page the purchase, once, under the id that the webhook has.
 *
 * Hooks: https://woocommerce.github.io/code-reference/hooks/hooks.html (2026-11)
 * Consent: https://github.com/WordPress/wp-consent-level-api (2026-11)
 *
 * @package Convey
 */

defined( 'ABSPATH' ) || exit;

// Orders are only touched by WooCommerce's own functions, so it may keep them wherever it likes.
add_action(
	'before_woocommerce_init',
	static function () {
		if ( class_exists( \Automattic\WooCommerce\Utilities\FeaturesUtil::class ) ) {
			\Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility( 'custom_order_tables', __FILE__, true );
			\Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility( 'cart_checkout_blocks', __FILE__, true );
		}
	}
);

/*
 * Settings: WooCommerce > Convey.
 */

/** What is set, and what counts where nothing is. */
function convey_settings(): array {
	$set = get_option( 'convey_settings' );
	return array_merge(
		array(
			'pixel'       => '',
			'write_key'   => '',
			'after_a_yes' => '',
			'once_paid'   => '',
		),
		is_array( $set ) ? $set : array()
	);
}

/** What was typed into the form, as it is kept. What is wrong is said, and leaves the field as it was. */
function convey_read_settings( $typed ): array {
	$typed = array_filter( is_array( $typed ) ? $typed : array(), 'is_string' );
	$kept  = convey_settings();

	// WordPress would make an address of whatever was typed.
	$pixel = preg_match( '#^https?://#i', trim( $typed['pixel'] ?? '' ) ) ? esc_url_raw( trim( $typed['pixel'] ), array( 'https', 'http' ) ) : '';
	$parts = wp_parse_url( $pixel );
	if ( isset( $parts['host'], $parts['path'] ) && '/' !== $parts['path'] && false === strpbrk( $pixel, '?#' ) ) {
		$kept['pixel'] = $pixel;
	} else {
		add_settings_error( 'convey_settings', 'pixel', __( "The pixel's address must be whole, such as https://data.shop.example/p.js. Copy it from your gateway.", 'convey' ) );
	}

	$key = trim( $typed['write_key'] ?? '' );
	if ( preg_match( '/^wk_[A-Za-z0-9_-]{8,120}$/D', $key ) ) {
		$kept['write_key'] = $key;
	} else {
		add_settings_error( 'convey_settings', 'write_key', __( 'The write key must be wk_ and then 8 to 120 letters, digits, _ or -. Copy it from the site in your gateway; a secret key, sk_, does not belong here.', 'convey' ) );
	}

	foreach ( array( 'after_a_yes', 'once_paid' ) as $box ) {
		$kept[ $box ] = empty( $typed[ $box ] ) ? '' : '1';
	}
	return $kept;
}

add_action(
	'admin_init',
	static function () {
		register_setting(
			'convey',
			'convey_settings',
			array(
				'type'              => 'array',
				'sanitize_callback' => 'convey_read_settings',
			)
		);
	}
);

// The form is saved by options.php, which asks for manage_options unless it is told who else may.
add_filter(
	'option_page_capability_convey',
	static function () {
		return 'manage_woocommerce';
	}
);

add_action(
	'admin_menu',
	static function () {
		add_submenu_page( 'woocommerce', __( 'Convey', 'convey' ), __( 'Convey', 'convey' ), 'manage_woocommerce', 'convey', 'convey_settings_page' );
	}
);

/** The form. */
function convey_settings_page(): void {
	if ( ! current_user_can( 'manage_woocommerce' ) ) {
		return;
	}
	$set    = convey_settings();
	$fields = array(
		'pixel'     => array( __( 'Address of the pixel', 'convey' ), __( 'Your gateway, on the domain of the shop: https://data.shop.example/p.js', 'convey' ) ),
		'write_key' => array( __( 'Write key', 'convey' ), __( 'Of the site in your gateway. It is public; every shopper can read it.', 'convey' ) ),
	);
	$boxes  = array(
		'after_a_yes' => array( __( 'Strict', 'convey' ), __( 'Load the pixel only after the shopper agreed to marketing, as a consent plugin tells it by the WP Consent API. Without one the pixel is never loaded.', 'convey' ) ),
		'once_paid'   => array( __( 'Paid orders alone', 'convey' ), __( 'Leave out, on the thank-you page, an order that awaits its payment. Set purchaseOn to paid in the gateway as well.', 'convey' ) ),
	);
	?>
	<div class="wrap">
		<h1><?php esc_html_e( 'Convey', 'convey' ); ?></h1>
		<?php settings_errors(); ?>
		<form action="options.php" method="post">
			<?php settings_fields( 'convey' ); ?>
			<table class="form-table" role="presentation">
				<?php foreach ( $fields as $name => list( $label, $says ) ) : ?>
				<tr>
					<th scope="row"><label for="convey-<?php echo esc_attr( $name ); ?>"><?php echo esc_html( $label ); ?></label></th>
					<td>
						<input class="regular-text code" type="text" id="convey-<?php echo esc_attr( $name ); ?>" name="convey_settings[<?php echo esc_attr( $name ); ?>]" value="<?php echo esc_attr( $set[ $name ] ); ?>" required>
						<p class="description"><?php echo esc_html( $says ); ?></p>
					</td>
				</tr>
				<?php endforeach; ?>
				<?php foreach ( $boxes as $name => list( $label, $says ) ) : ?>
				<tr>
					<th scope="row"><?php echo esc_html( $label ); ?></th>
					<td><label><input type="checkbox" name="convey_settings[<?php echo esc_attr( $name ); ?>]" value="1" <?php checked( '1', $set[ $name ] ); ?>> <?php echo esc_html( $says ); ?></label></td>
				</tr>
				<?php endforeach; ?>
			</table>
			<?php submit_button(); ?>
		</form>
	</div>
	<?php
}

/*
 * Consent, by the WP Consent API, if that plugin is there.
 */

/** The cookie in which the WP Consent API keeps what the shopper chose: allow, deny, or not there while nobody chose. */
function convey_consent_cookie(): string {
	$config = property_exists( 'WP_Consent_API', 'config' ) ? WP_Consent_API::$config : null;
	$prefix = is_object( $config ) && method_exists( $config, 'consent_cookie_prefix' ) ? $config->consent_cookie_prefix() : 'wp_consent';
	return $prefix . '_marketing';
}

/** What the shopper chose: allow, deny, or nothing. A default of the consent plugin is no choice. */
function convey_choice(): string {
	if ( ! function_exists( 'wp_has_consent' ) ) {
		return '';
	}
	$choice = sanitize_key( wp_unslash( $_COOKIE[ convey_consent_cookie() ] ?? '' ) );
	return in_array( $choice, array( 'allow', 'deny' ), true ) ? $choice : '';
}

add_filter( 'wp_consent_api_registered_' . plugin_basename( __FILE__ ), '__return_true' );

/*
 * Pages. Nothing of a shopper is printed into a page that a cache may keep: cookies are read by the script.
 */

/** A value as JavaScript that can stand in a script element. */
function convey_js( $value ): string {
	return (string) wp_json_encode( $value, JSON_HEX_TAG | JSON_HEX_AMP | JSON_HEX_APOS | JSON_HEX_QUOT | JSON_UNESCAPED_SLASHES );
}

/** Whether the pixel is on this page. Without WooCommerce it is on none. */
function convey_is_on(): bool {
	$set = convey_settings();
	return function_exists( 'WC' ) && '' !== $set['pixel'] && '' !== $set['write_key'] && ! is_admin() && ! is_feed() && ! is_preview();
}

/** Reports one event from the page that is being printed. */
function convey_track( string $name, array $fields ): void {
	wp_print_inline_script_tag( sprintf( 'convey("track",%s,%s);', convey_js( $name ), convey_js( $fields ) ) );
}

add_action(
	'wp_head',
	static function () {
		if ( ! convey_is_on() ) {
			return;
		}
		$set = convey_settings();
		$by  = array(
			'src'    => $set['pixel'] . '?k=' . rawurlencode( $set['write_key'] ),
			'cookie' => function_exists( 'wp_has_consent' ) ? convey_consent_cookie() : '',
			'strict' => '1' === $set['after_a_yes'],
		);
		$js  = <<<'JS'
!function(by){
	window.convey=window.convey||function(){(convey.q=convey.q||[]).push(arguments)};
	var script,told;
	function load(){if(script)return;script=document.createElement('script');script.async=1;script.src=by.src;document.head.appendChild(script)}
	function tell(choice){
		if(choice===told||choice!=='allow'&&choice!=='deny')return;
		told=choice;
		convey('consent',{adStorage:choice==='allow'?'granted':'denied'});
		if(choice==='allow')load();
	}
	if(by.cookie){
		document.cookie.split('; ').forEach(function(one){if(one.indexOf(by.cookie+'=')===0)tell(one.slice(by.cookie.length+1))});
		document.addEventListener('wp_listen_for_consent_change',function(event){tell(event.detail&&event.detail.marketing)});
	}
	if(!by.strict)load();
}(%s);
JS;
		wp_print_inline_script_tag( sprintf( $js, convey_js( $by ) ) );
	},
	5
);

/** A product as an item. Convey's connection says which of its ids is the feed's. */
function convey_item( WC_Product $product, int $quantity, float $price ): array {
	$is_variation = $product->is_type( 'variation' );
	return array_filter(
		array(
			'id'        => (string) $product->get_id(),
			'productId' => (string) ( $is_variation ? $product->get_parent_id() : $product->get_id() ),
			'variantId' => $is_variation ? (string) $product->get_id() : '',
			'sku'       => (string) $product->get_sku(),
			'name'      => (string) $product->get_name(),
			'price'     => round( $price, 2 ),
			'quantity'  => $quantity,
		),
		static function ( $value ) {
			return '' !== $value;
		}
	);
}

add_action(
	'wp_footer',
	static function () {
		if ( ! convey_is_on() ) {
			return;
		}
		$product = is_product() ? wc_get_product( get_queried_object_id() ) : null;
		$fields  = array();
		if ( $product instanceof WC_Product ) {
			$price  = (float) wc_get_price_to_display( $product );
			$fields = array(
				'value'    => round( $price, 2 ),
				'currency' => get_woocommerce_currency(),
				'items'    => array( convey_item( $product, 1, $price ) ),
			);
			convey_track( 'ViewContent', $fields );
		}
		// AddToCart is told by the script, at the press of the button: the answer of the server may come out of a cache.
		$js = <<<'JS'
!function(shown){
	document.addEventListener('submit',function(event){
		var form=event.target,item=shown.items&&Object.assign({},shown.items[0]);
		if(!item||!form.matches('form.cart'))return;
		var fields=form.elements,variation=fields.variation_id&&+fields.variation_id.value;
		item.quantity=fields.quantity&&+fields.quantity.value||1;
		if(variation){item.id=item.variantId=String(variation);delete item.price;delete item.sku}
		var value=item.price===undefined?{}:{value:Math.round(item.price*item.quantity*100)/100,currency:shown.currency};
		convey('track','AddToCart',Object.assign({items:[item]},value));
	});
	document.addEventListener('click',function(event){
		var button=event.target.closest&&event.target.closest('.ajax_add_to_cart[data-product_id]');
		if(!button)return;
		var item={id:button.dataset.product_id,productId:button.dataset.product_id,quantity:+button.dataset.quantity||1};
		if(button.dataset.product_sku)item.sku=button.dataset.product_sku;
		convey('track','AddToCart',{items:[item]});
	});
}(%s);
JS;
		wp_print_inline_script_tag( sprintf( $js, convey_js( (object) $fields ) ) );
		convey_begin_checkout();
	}
);

/** The checkout page, once for each content of the cart. WooCommerce has no cache keep this page. */
function convey_begin_checkout(): void {
	if ( ! is_checkout() || is_wc_endpoint_url() || ! WC()->cart || WC()->cart->is_empty() || ! WC()->session ) {
		return;
	}
	$hash = WC()->cart->get_cart_hash();
	if ( WC()->session->get( 'convey_checkout' ) === $hash ) {
		return;
	}
	WC()->session->set( 'convey_checkout', $hash );
	$items = array();
	foreach ( WC()->cart->get_cart() as $line ) {
		$quantity = max( 1, (int) $line['quantity'] );
		$items[]  = convey_item( $line['data'], $quantity, (float) $line['line_total'] / $quantity );
	}
	convey_track(
		'InitiateCheckout',
		array(
			'value'      => round( (float) WC()->cart->get_total( 'edit' ), 2 ),
			'currency'   => get_woocommerce_currency(),
			'items'      => $items,
			'checkoutId' => convey_checkout_id(),
		)
	);
}

/** What reports call this checkout, and its order: nothing that tells who it is. It ends with the order. */
function convey_checkout_id(): string {
	$session = WC()->session;
	if ( ! $session ) {
		return '';
	}
	if ( ! $session->get( 'convey_checkout_id' ) ) {
		$session->set( 'convey_checkout_id', bin2hex( random_bytes( 16 ) ) );
	}
	return $session->get( 'convey_checkout_id' );
}

/*
 * Orders. What is noted on them goes with WooCommerce's webhook.
 */

/**
 * Who orders: the id that the gateway's cookie holds, which it sets only while consent counts as granted; `denied` for a
 * shopper who said no, to the consent plugin or by Global Privacy Control; nothing where nobody knows. Where the pixel is not
 * loaded without a yes, nobody takes the cookie away when the yes has run out, so it tells nothing by itself.
 */
function convey_visitor(): string {
	$choice = convey_choice();
	if ( 'deny' === $choice ) {
		return 'denied';
	}
	$visitor  = sanitize_key( wp_unslash( $_COOKIE['_cv_id'] ?? '' ) );
	$is_known = 'allow' === $choice || '1' !== convey_settings()['after_a_yes'];
	if ( $is_known && preg_match( '/^[0-9a-f]{32}$/D', $visitor ) ) {
		return $visitor;
	}
	return '' === $choice && '1' === ( $_SERVER['HTTP_SEC_GPC'] ?? '' ) ? 'denied' : '';
}

/** Notes visitor and checkout on an order that is about to be saved. A second try at the checkout says it anew. */
function convey_note( WC_Order $order ): void {
	foreach (
		array(
			'_convey_visitor'  => convey_visitor(),
			'_convey_checkout' => convey_checkout_id(),
		) as $key => $value
	) {
		if ( '' === $value ) {
			$order->delete_meta_data( $key );
		} else {
			$order->update_meta_data( $key, $value );
		}
	}
}
add_action( 'woocommerce_checkout_create_order', 'convey_note' );
add_action( 'woocommerce_store_api_checkout_update_order_from_request', 'convey_note' );

/** The shopper has what they wanted: what they order next comes out of another checkout. */
function convey_end_checkout(): void {
	if ( WC()->session ) {
		WC()->session->set( 'convey_checkout_id', null );
		WC()->session->set( 'convey_checkout', null );
	}
}

/**
 * The id of the order's purchase; the webhook makes the same of the order. Orders are numbered, so the key is in it, which only the
 * order's shopper and the shop know: nobody can report the purchase before it is made.
 */
function convey_event_id( WC_Order $order ): string {
	return 'purchase-' . $order->get_id() . '-' . substr( hash( 'sha256', $order->get_order_key() ), 0, 16 );
}

add_action(
	'woocommerce_thankyou',
	static function ( $order_id ) {
		$order = convey_is_on() ? wc_get_order( $order_id ) : null;
		$key   = sanitize_text_field( wp_unslash( $_GET['key'] ?? '' ) ); // phpcs:ignore WordPress.Security.NonceVerification.Recommended -- The order's key is the proof.
		if ( ! $order instanceof WC_Order || ! $order->key_is_valid( $key ) || $order->has_status( array( 'failed', 'cancelled', 'refunded' ) ) ) {
			return;
		}
		convey_end_checkout();
		// Its payment is not through. The webhook tells of it once it is.
		if ( $order->has_status( 'pending' ) ) {
			return;
		}
		if ( '1' === convey_settings()['once_paid'] && ! $order->is_paid() ) {
			return;
		}
		// A page that is opened again tells nothing again, in whatever browser it is.
		if ( $order->get_meta( '_convey_told' ) ) {
			return;
		}
		// Where the pixel waits for a yes, nobody tells anything before it is given.
		if ( '1' !== convey_settings()['after_a_yes'] || 'allow' === convey_choice() ) {
			$order->update_meta_data( '_convey_told', '1' );
			$order->save_meta_data();
		}

		$items = array();
		foreach ( $order->get_items() as $line ) {
			$product = $line->get_product();
			if ( $product instanceof WC_Product ) {
				$items[] = convey_item( $product, (int) $line->get_quantity(), (float) $order->get_item_total( $line, false, false ) );
			}
		}
		convey_track(
			'Purchase',
			array(
				'id'       => convey_event_id( $order ),
				'orderId'  => (string) $order->get_id(),
				'value'    => round( (float) $order->get_total(), 2 ),
				'currency' => $order->get_currency(),
				'items'    => $items,
				'user'     => (object) array_filter(
					array(
						'email' => $order->get_billing_email(),
						'phone' => $order->get_billing_phone(),
					)
				),
			) + array_filter( array( 'checkoutId' => (string) $order->get_meta( '_convey_checkout' ) ) )
		);
	}
);

// WooCommerce's own tool that removes a person's data from orders takes the visitor with it.
add_filter(
	'woocommerce_privacy_remove_order_personal_data_meta',
	static function ( $meta ) {
		return array_merge(
			(array) $meta,
			array(
				'_convey_visitor'  => 'text',
				'_convey_checkout' => 'text',
			)
		);
	}
);
